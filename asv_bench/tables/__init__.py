"""Compare fastnn with scikit-learn on real tables: ``python -m asv_bench.tables [--quick] [--only TABLE]``.

`data.py` lists the tables, `competitors.py` contains one function for each competitor, `job.py` is the process that is
timed, `trial.py` runs it on every split, `judging.py` compares the results, and `document.py` writes TABLES.md.
"""
