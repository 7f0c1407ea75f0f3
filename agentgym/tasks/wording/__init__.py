"""How a task is put into words: what the user says at first, what they tell when asked, what they say again."""
