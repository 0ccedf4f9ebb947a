-- For wrk: requests from a file, each once, and figures of one run as JSON. Arguments: FILE, FIRST, METHOD.
-- A line of FILE is an address for GET, a body for POST.
local requests, at, method, path = {}, 0, "GET", nil

function init(arguments)
    local file = io.open(arguments[1])
    for line in file:lines() do requests[#requests + 1] = line end
    file:close()
    at = tonumber(arguments[2])
    method = arguments[3]
    path = wrk.path
end

function request()
    at = at % #requests + 1
    if method == "POST" then
        return wrk.format("POST", path, { ["Content-Type"] = "application/json" }, requests[at])
    end
    return wrk.format("GET", requests[at])
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        'load: {"requests": %d, "seconds": %.3f, "p50_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f, "errors": %d}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
