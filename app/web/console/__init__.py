"""The operator's console: pages made on the server; knows no call and no carrier."""
