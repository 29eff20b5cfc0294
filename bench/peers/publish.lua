-- What wrk posts: an array of 100 notifications, the same each time. Arguments: the key.

function init(arguments)
    local objects = {}
    for i = 1, 100 do
        objects[i] = string.format('{"user":"user-%d","title":"Order %d has been shipped",'
            .. '"body":"It should arrive within two days.","data":{"url":"/orders/%d"}}', i, i, i)
    end
    wrk.method = "POST"
    wrk.headers["Authorization"] = "Bearer " .. arguments[1]
    wrk.headers["Content-Type"] = "application/json"
    wrk.body = "[" .. table.concat(objects, ",") .. "]"
end

function done(summary)
    io.write(string.format('{"requests":%d,"microseconds":%d,"refused":%d,"broken":%d}\n',
        summary.requests, summary.duration, summary.errors.status, summary.errors.connect + summary.errors.read))
end
