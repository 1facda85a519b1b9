CREATE EXTENSION IF NOT EXISTS pg_stat_statements;

CREATE TABLE airlines (carrier text PRIMARY KEY, name text NOT NULL);
CREATE TABLE planes (tailnum text PRIMARY KEY, year int, seats int NOT NULL);
CREATE TABLE flights (
    id int PRIMARY KEY,
    carrier text NOT NULL,
    number int NOT NULL,
    tailnum text,
    origin text NOT NULL,
    dest text NOT NULL,
    delay int,
    seats int NOT NULL,
    seats_left int NOT NULL CHECK (seats_left BETWEEN 0 AND seats)
);
CREATE INDEX ON flights (origin, dest);
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, is_active boolean NOT NULL);
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer int NOT NULL REFERENCES customers,
    flight int NOT NULL REFERENCES flights,
    seats int NOT NULL CHECK (seats > 0),
    cents bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('reserved', 'paid', 'cancelled'))
);
CREATE INDEX ON orders (customer);
CREATE INDEX ON orders (flight);
CREATE INDEX ON orders (state);
