"""What `benches/encoders` and `benches/quality` are made of."""
