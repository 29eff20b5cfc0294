# gateway: see the comment at the top of each header for what is where.
