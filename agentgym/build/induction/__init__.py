"""From the tools of a domain to tables, and from each tool to an operation on them (paper 2.1)."""
