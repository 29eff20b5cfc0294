# realtime: a layer of belfry-gateway.
