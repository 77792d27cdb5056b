"""What a place is: builds and their contigs, small variants, a reference genome."""
