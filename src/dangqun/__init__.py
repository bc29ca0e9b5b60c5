"""dangqun (党群): the platform on which a development zone runs its Party work in non-public enterprises."""
