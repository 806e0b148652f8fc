"""Map: a picture of many motions in which like lies beside like."""
