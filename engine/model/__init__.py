"""Who people are to each other: accounts, groups, likes, matches, and the policy that rules them."""
