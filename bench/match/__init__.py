"""Training and measuring the match model: beside the hub, which only ever scores. Needs the development extra (Splink)."""
