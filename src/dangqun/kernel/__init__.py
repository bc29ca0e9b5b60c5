"""The kernel knows no domain word: facts, live pages, workbooks, files, pages, crypto, calendars, jobs."""
