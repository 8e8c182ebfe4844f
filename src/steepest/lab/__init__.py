"""The lab: the page, served to browsers, with what only Python can add to it.

`serve` starts the server, `app` says what it answers, `guard` whom it answers. The server reads
no formula: `requests` checks the shape of what is asked, `pool` hands it to a worker process,
and `worker` runs one of the tasks in `work` there. So nothing that is typed can hold up the
server, and whatever takes too long, or is no longer wanted, ends with its process.
"""
