"""Phones and the voices that speak them."""
