-- What wrk asks: each request with the next of the cookies in the file that is
-- its argument, one a line.

local cookies, next_cookie = {}, 0

function init(arguments)
    for cookie in io.lines(arguments[1]) do
        cookies[#cookies + 1] = wrk.format("GET", nil, {
            Host = wrk.host, Cookie = "theme=dark; authjs.session-token=" .. cookie .. "; lang=en"
        })
    end
end

function request()
    next_cookie = next_cookie % #cookies + 1
    return cookies[next_cookie]
end

function done(summary)
    io.write(string.format('{"requests":%d,"microseconds":%d,"refused":%d,"broken":%d}\n',
        summary.requests, summary.duration, summary.errors.status, summary.errors.connect + summary.errors.read))
end
