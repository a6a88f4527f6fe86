"""Lists of pages: each function answers the rows of one page, with counts, under the rights of who asks."""
