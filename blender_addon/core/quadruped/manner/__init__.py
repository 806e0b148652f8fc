"""What an animal does by rules where the network knows too little: head, tail, backing up."""
