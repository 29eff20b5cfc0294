# framing: a layer of belfry-gateway.
