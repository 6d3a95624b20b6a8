-- customer_number is kept by the program (customers.c): here it always was.
SELECT 1;
