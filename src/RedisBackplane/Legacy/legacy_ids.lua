-- The ids of a farm with servers of the older package. This part is included after the names of the inputs. It uses
-- legacyCounterKey, counterKey and floor. It sets last to the higher of both counters, or to nil if there is none, and
-- refusal to the error if Redis refuses to read one. A damaged counter counts as a lost one: ids continue above all
-- that are known.

local last, refusal
for _, key in ipairs({legacyCounterKey, counterKey}) do
  local counter = redis.pcall('GET', key)
  local id = type(counter) == 'string' and tonumber(counter)
  if id and id >= 0 and id <= 9007199254740000 then
    last = math.max(last or 0, id)
  elseif type(counter) == 'table' and not string.find(counter.err, 'WRONGTYPE', 1, true) then
    refusal = refusal or counter
  end
end

-- Where ids restart: as in publish.lua, but in milliseconds. From 10^14 on, a server of the older package would write
-- its own ids as 1e+14. A busy farm assigns more than one id in a millisecond, so its ids may be ahead of a correct
-- clock. That is why there is always a leap.
local function leap()
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  return math.max(math.max(last or 0, floor) + 1048576, math.floor(now / 1000)) + now % 1073741824
end
