-- customer_number is kept by the program (customers.c) since, the same way on every database.
DROP TRIGGER customer_number_insert;
DROP TRIGGER customer_number_update;
DROP TRIGGER customer_number_delete;
