# delivery: a layer of belfry-gateway.
