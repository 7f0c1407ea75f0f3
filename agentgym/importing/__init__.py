"""A domain from someone's own tools and data: tool schemas, a nested JSON database and a policy text."""
