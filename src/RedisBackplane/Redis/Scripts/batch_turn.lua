-- The first step of a script that stores a batch: it refuses a batch of another epoch, and one that is out of turn.
-- This part is included after the names of the inputs and after append_history.lua. It uses serverKey, epoch,
-- publisherKey, publisherTtl, count, number, oldest and claim. It sets stored to the number of the last batch that
-- Redis knows. A damaged record counts as a lost one.

local record = redis.pcall('GET', publisherKey)
if type(record) == 'table' and not isWrongType(record) then
  return record
end
-- A Redis that was a replica for a while keeps its scripts, so that it knows the hash of the text of its former epoch.
-- But it has the keys of the other Redis, or those of the epoch after that.
local current = epoch ~= '' and redis.pcall('GET', serverKey)
if type(current) == 'string' and current ~= epoch then
  return {4, 0}
end
local stored = numberIn(record) or 0
if stored < claim then
  return {3, stored}
end
if count == 0 and number == 0 then
  return {2, 0}
end
if number <= stored then
  -- It is written again, so that a WAIT after this call covers it.
  redis.call('SET', publisherKey, integer(stored), 'PX', publisherTtl)
  return {2, 0}
end
if count == 0 or number ~= stored + 1 and number ~= oldest then
  return {0, stored}
end
