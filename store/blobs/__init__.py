"""Where files lie: a folder of this machine, or a bucket of S3."""
