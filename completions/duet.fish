# SPDX-License-Identifier: MIT
# What duet(1) takes at the cursor, for fish: the program itself is asked, so
# that nothing here has to be kept up to date.

function __duet_complete
	set -l words (commandline -opc)
	set -l current (commandline -ct)
	set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
	for line in ($program --complete $words[2..] "$current" 2>/dev/null)
		switch $line
			case ':files *'
				__duet_paths (string sub -s 8 -- $line) \
					"$current" __fish_complete_path
			case ':directories *'
				__duet_paths (string sub -s 14 -- $line) \
					"$current" __fish_complete_directories
			case '*'
				echo $line
		end
	end
end

# Paths behind a prefix that is in the word already.
function __duet_paths -a prefix current function
	set -l path (string sub -s (math (string length -- "$prefix") + 1) -- "$current")
	for found in ($function "$path")
		echo "$prefix$found"
	end
end

complete -c duet -f -a '(__duet_complete)'
