# queue: a layer of belfry-gateway.
