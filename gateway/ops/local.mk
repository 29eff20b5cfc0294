# ops: a layer of belfry-gateway.
