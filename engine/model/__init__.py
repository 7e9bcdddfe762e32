"""Who people are to each other: accounts, groups, likes, matches, and their policy."""
