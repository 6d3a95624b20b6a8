-- The schema of number 6 at once.
SELECT 1;
