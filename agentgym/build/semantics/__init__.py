"""What a specification means: its words, shapes, entities, and whether it reads or writes."""
