-- The first step of a script that stores a batch: it checks that it runs on the Redis that the calling server has
-- recognised (recognize.lua). This part is included after the names of the inputs. It uses isUnproven, epoch and
-- serverKey.
--
-- The last line of the text that is sent names the epoch. A Redis that finds the text by its hash has therefore run it
-- in this epoch, and needs no second proof of its identity. A replica that was promoted has never run it, so a call by
-- hash fails there. batch_turn.lua checks whether the epoch is over.

if isUnproven and epoch ~= '' then
  local info = redis.pcall('INFO', 'server')
  local run = type(info) == 'string' and string.match(info, 'run_id:(%w+)')
  if run and string.sub(epoch, 1, #run + 1) ~= run .. ':' then
    -- From now on this Redis knows the text, although it refused it. The key of a replica that was promoted has the
    -- name of this epoch, so it must get another name. What recognize.lua reads from it stays. (A Redis that refuses to
    -- write this refuses batches too.)
    local known = redis.pcall('GET', serverKey)
    if known == epoch then
      redis.pcall('SET', serverKey, (string.gsub(epoch, '^%w+', 'unrecognised')))
    elseif not known then
      redis.pcall('SET', serverKey, 'unrecognised')
    end
    return {4, 0}
  end
end
