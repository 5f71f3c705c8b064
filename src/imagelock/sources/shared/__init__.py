"""What several sources share: classifying values, digest slots, embedded text."""
