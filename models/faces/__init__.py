"""What is done with a face that was found: changed, covered, followed through a film, tested for steadiness."""
