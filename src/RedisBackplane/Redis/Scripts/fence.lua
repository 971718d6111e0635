-- What a script that stores a batch does first: sees that it runs on the Redis that the asking server has recognised, in the epoch that it
-- knows (recognize.lua). Included behind the names of the inputs, of which it uses serverKey, isUnproven and epoch.
--
-- The last line of the text that is sent names the epoch. So a Redis that finds the text by its hash has run it in this epoch, and needs no
-- second proof: a replica that was promoted never ran it, and a call by hash fails there.

if isUnproven and epoch ~= '' then
  local info = redis.pcall('INFO', 'server')
  local run = type(info) == 'string' and string.match(info, 'run_id:(%w+)')
  local known = redis.pcall('GET', serverKey)
  if run and (string.sub(epoch, 1, #run + 1) ~= run .. ':' or type(known) == 'string' and known ~= epoch) then
    return {4, 0}
  end
end
