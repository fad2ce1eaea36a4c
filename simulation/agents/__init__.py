"""The same day in objects, in Mesa's own names: `Person` and `BrandModel`."""
