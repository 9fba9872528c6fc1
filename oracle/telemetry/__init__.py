"""What machines said about their GPUs, as samples in exact integers: the only package that knows vendors' formats.

A source is one file: nvidia_smi.py and dcgm.py read logs, endpoint.py scrapes, recorder.py writes what both read back.
Everything raises the named errors of errors.py.
"""
