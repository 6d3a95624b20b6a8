-- Who calls? Each customer's numbers by their key (digits reversed, the last nine of a long number), kept by triggers.
-- number_key() is the program's own function: see customers.h.
CREATE TABLE customer_number (key TEXT NOT NULL, tenant INTEGER NOT NULL, customer INTEGER NOT NULL,
	PRIMARY KEY (key, tenant, customer)) WITHOUT ROWID;
CREATE INDEX customer_number_of_customer ON customer_number (customer);

CREATE TRIGGER customer_number_insert AFTER INSERT ON "customer" BEGIN
	INSERT OR IGNORE INTO customer_number (key, tenant, customer)
		SELECT number_key(value), new.tenant, new.id FROM json_each(coalesce(new.numbers, '[]'))
		WHERE number_key(value) <> '';
END;
CREATE TRIGGER customer_number_update AFTER UPDATE OF numbers ON "customer" BEGIN
	DELETE FROM customer_number WHERE customer = old.id;
	INSERT OR IGNORE INTO customer_number (key, tenant, customer)
		SELECT number_key(value), new.tenant, new.id FROM json_each(coalesce(new.numbers, '[]'))
		WHERE number_key(value) <> '';
END;
CREATE TRIGGER customer_number_delete AFTER DELETE ON "customer" BEGIN
	DELETE FROM customer_number WHERE customer = old.id;
END;
INSERT OR IGNORE INTO customer_number (key, tenant, customer)
	SELECT number_key(n.value), c.tenant, c.id FROM "customer" AS c, json_each(coalesce(c.numbers, '[]')) AS n WHERE number_key(n.value) <> '';
