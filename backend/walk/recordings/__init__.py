"""What recordings need before anything is learned from them."""
