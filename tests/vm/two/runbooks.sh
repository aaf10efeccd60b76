# shellcheck shell=bash
# The runbooks' commands, typed one after the other as they stand there, answer what stands there.
# limit: 600
#
# Documentation/admin-guide/afar-runbooks.rst has them behind a prompt, alpha# or beta#, each with its
# answer; numbers may be others, but where one is the whole answer, and in what verify says.  `A=` there
# is set before each.  In between, for this test only:
#
#   .. test: boot HOST                 it is killed, if it runs, and started again
#   .. test: kill HOST
#   .. test: link up|down
#   .. test: wait HOST FACT VALUE      until it has that value; !VALUE: another one
#   .. test: on HOST COMMAND           what a reader need not see; must succeed
#   .. test: file PATH                 what the next literal block holds, on both; on beta with the addresses exchanged
#
# What was seen is left in afar-runbooks.rst beside this test's output, as a document: when an answer
# has changed, and rightly, copy it over the other.
book=$VM_TOP/Documentation/admin-guide/afar-runbooks.rst
seen=$VM_LOGS/afar-runbooks.rst

declare -A machine=([alpha]=a [beta]=b) address=([alpha]=192.0.2.1 [beta]=192.0.2.2)
variables=':' wrong=0 count=0

book_boot() { # HOST
	local vm=${machine[$1]} file

	vm_kill "$vm"
	vm_boot "$vm" --net wire --disk "$VM_LOGS/$vm.disk"
	vm_run "$vm" "
		set -e
		ip addr add ${address[$1]}/24 dev eth0
		ip link set eth0 up
		mkdir -p /mnt/data /mnt/look /usr/local/sbin
		cp /afar/dm-afar.ko /lib/modules/\$(uname -r)/kernel/
		depmod
		vgchange -qq -ay vg 2>/dev/null || vgcreate -qq vg /dev/vda"
	for file in "$VM_LOGS/$vm.files"/*; do
		[ ! -f "$file" ] || book_put "$1" "$file"
	done
}

# A file of a host outlives its machine in VM.files, with the slashes of its path as `%`.
book_put() { # HOST FILE
	local path

	path=$(basename "$2" | tr % /)
	vm_run -i "${machine[$1]}" "cat >$path && chmod +x $path" <"$2"
}

book_kill() { vm_kill "${machine[$1]}"; }

book_link() { # up|down
	local vm

	for vm in a b; do
		! vm_alive $vm || vm_link $vm wire "$1"
	done
}

book_wait() { # HOST FACT VALUE
	local is='='

	[ "${3#!}" = "$3" ] || is='!='
	on_sh "${machine[$1]}" "wait_for 60 '[ \"\$(fact g0 $2)\" $is ${3#!} ]' '$1: $2 $is ${3#!}' 'dmsetup status g0; dmesg | tail -20'"
}

typed() { # HOST COMMAND
	vm_run "${machine[$1]}" "PATH=\$PATH:/usr/local/sbin:/afar/bin; $variables; $2" 2>&1
}

book_on() { # HOST COMMAND
	typed "$1" "set -e; $2" || fail "$1: $2" "success" "status $?"
}

book_file() { # PATH: takes the block that follows
	local path=${1//\//%} host text=''

	while [[ ${lines[at + 1]} != $'\t'* ]]; do next; done
	while [[ ${lines[at + 1]} == $'\t'* || -z ${lines[at + 1]} ]]; do
		next
		text+=${line#$'\t'}$'\n'
	done
	for host in alpha beta; do
		if [ $host = alpha ]; then
			printf '%s' "$text"
		else
			sed -E 's/(192.0.2.1:[0-9]+) (192.0.2.2:[0-9]+)/\2 \1/' <<<"$text"
		fi >"$VM_LOGS/${machine[$host]}.files/$path"
		book_put "$host" "$VM_LOGS/${machine[$host]}.files/$path"
	done
}

# What two runs have in common: all but numbers, and of these the ones that are an answer by themselves.
alike() { # COMMAND
	local alone='/^(verify_[a-z]+:)?[0-9]+$/b; '

	[[ $1 != keyctl* ]] || alone=''
	sed -E "$alone"'s/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}/ID/g; s/[0-9]+(\.[0-9]+)?/N/g; s/[[:space:]]+/ /g; s/ $//'
}

next() {
	at=$((at + 1))
	line=${lines[at]}
	printf '%s\n' "$line" >>"$seen"
}

book_type() { # HOST COMMAND: with the answer that follows in the book
	local command=$2 want='' got

	while [[ $command == *\\ ]]; do
		next
		command+=$'\n'${line#$'\t'}
	done
	while [[ ${lines[at + 1]:-} == $'\t'* && ! ${lines[at + 1]} =~ $prompt ]]; do
		at=$((at + 1))
		want+=${lines[at]#$'\t'}$'\n'
	done
	got=$(typed "$1" "$command") || true
	[ -z "$got" ] || sed 's/^/\t/; s/[[:space:]]*$//' <<<"$got" >>"$seen"
	printf '%s# %s\n%s\n' "$1" "$command" "$got"
	count=$((count + 1))
	if [ "$(alike "$command" <<<"${want%$'\n'}")" != "$(alike "$command" <<<"$got")" ]; then
		printf 'failed: %s\n  expected: %s\n  seen:     %s\n' "$1# $command" "${want%$'\n'}" "$got"
		wrong=$((wrong + 1))
	fi
}

prompt=$'^\t(alpha|beta)# (.*)$'
key=$(head -c 32 /dev/urandom | base64 -w0)
for vm in a b; do
	truncate -s 512M "$VM_LOGS/$vm.disk"
	mkdir "$VM_LOGS/$vm.files"
	printf '%s' "$key" >"$VM_LOGS/$vm.files/%etc%afar-g0.key"
done
book_boot alpha
book_boot beta

mapfile -t lines <"$book"
at=-1
while [ $((at + 1)) -lt ${#lines[@]} ]; do
	next
	if [[ $line =~ ^'.. test: '([a-z]+)' '(.*)$ ]]; then
		verb=${BASH_REMATCH[1]} rest=${BASH_REMATCH[2]}
		case $verb in
		on) book_on "${rest%% *}" "${rest#* }" ;;
		*) read -r -a words <<<"$rest"; "book_$verb" "${words[@]}" ;;
		esac
	elif [[ $line =~ $prompt ]]; then
		book_type "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
	elif [[ $line == $'\tA='* ]]; then
		variables="{ ${line#$'\t'}; } 2>/dev/null || :"
	fi
done
[ $count -ge 90 ] || fail "commands of the runbooks" "90 at least" "$count"
[ $wrong = 0 ] || fail "the runbooks" "answers as in $book" "$wrong others: compare $seen"
