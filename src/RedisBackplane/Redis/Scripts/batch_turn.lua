-- The first step of a script that stores a batch: it refuses a batch of another epoch, and one that is out of turn.
-- This part is included after the names of the inputs and after append_history.lua. It uses serverKey, epoch,
-- publisherKey, publisherTtl, count, number, oldest and claim. It sets stored to the number of the last batch that
-- Redis knows. A damaged record counts as a lost one.

-- One command reads both. A Redis that was a replica for a while keeps its scripts, so that it knows the hash of the
-- text of its former epoch. But it has the keys of the other Redis, or those of the epoch after that.
local known = redis.pcall('MGET', publisherKey, serverKey)
if known.err then
  return redis.error_reply(known.err .. ' (mget)')
end
if epoch ~= '' and known[2] and known[2] ~= epoch then
  return {4, 0}
end
local stored = math.max(known[1] and tonumber(known[1]) or 0, 0)
if stored < claim then
  return {3, stored}
end
if count == 0 then
  return {2, 0}
end
if number <= stored then
  -- It is written again, so that a WAIT after this call covers it.
  redis.call('SET', publisherKey, string.format('%.0f', stored), 'PX', publisherTtl)
  return {2, 0}
end
if number ~= stored + 1 and number ~= oldest then
  return {0, stored}
end
