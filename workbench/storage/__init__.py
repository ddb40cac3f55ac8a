"""Where DuckDB and the content-addressed files live: nothing else writes them."""
