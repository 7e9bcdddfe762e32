"""Outside services behind ports; the dev ones stand in where a service would cost money."""
