"""Pages on people: the roster, one person, codes, staff, myself."""
