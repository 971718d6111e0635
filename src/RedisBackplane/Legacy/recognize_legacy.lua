-- The counterpart of recognize.lua for a farm with servers of the older package. These increment whatever counter they
-- find, so the counter is set ahead instead of deleted.
--
-- Returns what recognize.lua returns.

local legacyCounterKey = KEYS[1]     -- the last id assigned; servers of the older package use only this counter
local counterKey = KEYS[2]           -- the same for servers that write this library's format
local legacyServerKey = KEYS[3]      -- the epoch for servers that write the older package's format
local serverKey = KEYS[4]            -- the epoch for servers that write the current format: if the ids of this script
                                     -- restart, theirs need not
local channelKindKey = KEYS[5]       -- 'plain' from now on, if the farm has not agreed on another kind: servers of the
                                     -- older package know no other
local floor = tonumber(ARGV[1])      -- the highest id that the server has seen

--@include legacy_ids.lua

-- If the user lacks the right to INFO, or a server does not say who it is, ids continue as they are.
local info = redis.pcall('INFO', 'server')
local run = type(info) == 'string' and string.match(info, 'run_id:(%w+)')
local keeps = run and (tonumber(string.match(info, 'redis_version:(%d+)')) or 0) >= 7 and 1 or 0
-- A foreign value, of whatever type it is, counts as the name of another Redis: '' is no name. A name becomes a part of
-- a script (FencedScript).
local function nameIn(key)
  local name = redis.pcall('GET', key)
  if type(name) == 'table' and not string.find(name.err, 'WRONGTYPE', 1, true) then
    return redis.call('GET', key)
  end
  return type(name) == 'string' and not string.find(name, '[^%w:]') and name or name and ''
end
local known = nameIn(legacyServerKey)
local epoch = nameIn(serverKey)
local function isOfThis(other) return other and (other == run or string.sub(other, 1, #run + 1) == run .. ':') end
local begun = 0
local server = known or epoch -- a farm that goes back to the older format has only the latter
if (last or 0) < floor or (run and server and not isOfThis(server) and last and last > 0) then
  local base = leap()
  if base > 9007199254740000 then
    return redis.error_reply('ERR the counter ' .. legacyCounterKey .. ' of the backplane is not an id')
  end
  redis.call('SET', legacyCounterKey, string.format('%.0f', base))
  redis.call('SET', counterKey, string.format('%.0f', base))
  begun = 1
end
if not run then
  epoch = ''
elseif not isOfThis(epoch) or epoch == run then
  local time = redis.call('TIME')
  epoch = run .. ':' .. string.format('%.0f', time[1] * 1000000 + time[2])
  redis.call('SET', serverKey, epoch)
end
if run and known ~= epoch then
  redis.call('SET', legacyServerKey, epoch)
end
-- A foreign value is replaced, of whatever type it is.
local kind = redis.pcall('GET', channelKindKey)
if kind ~= 'sharded' and kind ~= 'plain' then
  kind = 'plain'
  redis.call('SET', channelKindKey, kind)
end
return {begun, kind == 'sharded' and 1 or 0, 1, epoch, keeps}
