"""What earlier runs read, kept in a folder of the user."""
