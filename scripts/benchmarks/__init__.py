"""What scripts/bench measures: `cost`, `accuracy`, `long`; `tables` prints what `results` keeps."""
