-- The first step of a script that stores a batch: it checks that it runs on the Redis that the calling server has
-- recognised (recognize.lua). This part is included after the names of the inputs. It uses isUnproven and epoch.
--
-- The last line of the text that is sent names the epoch. A Redis that finds the text by its hash has therefore run it
-- in this epoch, and needs no second proof of its identity. A replica that was promoted has never run it, so a call by
-- hash fails there. batch_turn.lua checks whether the epoch is over.

if isUnproven and epoch ~= '' then
  local info = redis.pcall('INFO', 'server')
  local run = type(info) == 'string' and string.match(info, 'run_id:(%w+)')
  if run and string.sub(epoch, 1, #run + 1) ~= run .. ':' then
    return {4, 0}
  end
end
