#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
#
# Compares the documents with the code; see check.sh.
#
# usage: check.pl TREE

use strict;
use warnings;
use File::Temp qw(tempdir);

my $tree = shift or die "usage: check.pl TREE\n";
my $src = "$tree/drivers/md/dm-afar";
my $doc = "$tree/Documentation";
my ($passed, $failed) = (0, 0);

sub slurp {
	my ($path) = @_;

	open my $f, '<', $path or return '';
	local $/;
	return <$f>;
}

# The drifts of one check: none, and it has passed.
sub verdict {
	my ($name, @drift) = @_;

	if (@drift) {
		$failed++;
		print "FAIL docs/$name\n";
		print "     $_\n" for @drift;
	} else {
		$passed++;
		print "ok   docs/$name\n";
	}
}

# Two lists of [name, value]; order counts where $ordered.
sub compare {
	my ($what, $code, $text, $ordered) = @_;
	my %code = map { $_->[0] => $_->[1] } @$code;
	my %text = map { $_->[0] => $_->[1] } @$text;
	my @drift;

	push @drift, "nothing found of $what in the code" unless @$code;
	for my $c (@$code) {
		my ($name, $value) = @$c;

		if (!exists $text{$name}) {
			push @drift, "$what '$name' is in the code, not in the document";
		} elsif ($text{$name} ne $value) {
			push @drift, "$what '$name': the code says '$value', the document '$text{$name}'";
		}
	}
	for my $t (@$text) {
		push @drift, "$what '$t->[0]' is in the document, not in the code"
			unless exists $code{$t->[0]};
	}
	my %count;
	$count{$_->[0]}++ for @$text;
	push @drift, map { "$what '$_' is in the document twice" } grep { $count{$_} > 1 } sort keys %count;
	if ($ordered && !@drift) {
		for my $i (0 .. $#$code) {
			next if $code->[$i][0] eq $text->[$i][0];
			push @drift, "$what no $i is '$code->[$i][0]' in the code, '$text->[$i][0]' in the document";
			last;
		}
	}
	return @drift;
}

# The simple tables of a document: { title => heading before it, head => [...], rows => [[...]] }
sub tables {
	my ($text) = @_;
	my @lines = split /\n/, $text;
	my (@tables, $title);

	for (my $i = 0; $i < @lines; $i++) {
		if ($i && $lines[$i] =~ /^([=~])\1{2,}$/ && length $lines[$i - 1] &&
		    $lines[$i - 1] !~ /^[=~]/) {
			$title = $lines[$i - 1];
			next;
		}
		next unless $lines[$i] =~ /^=+(  =+)+$/;
		my (@column, $at, %table, $rules);

		$at = 0;
		for my $part (split /(  )/, $lines[$i]) {
			push @column, [$at, length $part] if $part =~ /^=/;
			$at += length $part;
		}
		%table = (title => $title, head => undef, rows => []);
		for ($rules = 1, $i++; $i < @lines && $rules < 3; $i++) {
			if ($lines[$i] =~ /^=+(  =+)+$/) {
				$rules++;
				next;
			}
			my @cell = map {
				my $cell = $_->[0] < length $lines[$i] ?
					substr($lines[$i], $_->[0], $_ == $column[-1] ? 1000 : $_->[1]) : '';
				$cell =~ s/^\s+|\s+$//g;
				$cell;
			} @column;
			if (!$table{head}) {
				$table{head} = [@cell];
			} elsif ($cell[0] eq '' && @{$table{rows}}) {
				$table{rows}[-1][$_] .= $cell[$_] eq '' ? '' : " $cell[$_]" for 0 .. $#cell;
			} else {
				push @{$table{rows}}, [@cell];
			}
		}
		$i--;
		push @tables, \%table;
	}
	return @tables;
}

sub bare {
	my ($word) = @_;

	$word =~ s/^``|``$//g;
	return $word;
}

# Rows of all tables of a document whose head begins with the given words.
sub rows {
	my ($text, @head) = @_;

	return map { @{$_->{rows}} }
	       grep { join(' ', @{$_->{head}}) =~ /^\Q@head\E\b/ } tables($text);
}

my %text = map { (s/^\Q$doc\E\///r) => slurp($_) }
	   glob "$doc/*.rst $doc/admin-guide/*.rst $doc/ABI/testing/*";
my $formats = $text{'afar-format.rst'} . "\n\n" . $text{'afar-protocol.rst'};
my $admin = $text{'admin-guide/afar.rst'};
my %header = map { $_ => slurp("$tree/include/afar/$_.h") } qw(types frame message journal);
my $headers = join "\n", map { $header{$_} } qw(types frame message journal);

# ---- structs and constants: the compiler says what they are -------------------------------------

sub c_structs {
	my %struct;

	while ($headers =~ /^struct (afar_\w+) \{\n(.*?)^\};/msg) {
		my ($name, $body) = ($1, $2);

		push @{$struct{$name}}, $1 while $body =~ /^\s+(?:struct )?\w+\s+(\w+)(?:\[.*?\])?;/mg;
	}
	return \%struct;
}

sub c_constants {
	my @name = $headers =~ /^#define (AFAR_[A-Z_]+)[ \t]+\S/mg;

	while ($headers =~ /^enum \w+ \{\n(.*?)^\};/msg) {
		my $body = $1;

		push @name, $body =~ /^\s+(AFAR_\w+)\s*=/mg;
	}
	# their sum has no meaning of its own
	return grep { $_ ne 'AFAR_SUPER_FLAGS' } @name;
}

sub compiled {
	my ($struct, @constant) = @_;
	my $dir = tempdir(CLEANUP => 1);
	my (%layout, %value);

	open my $c, '>', "$dir/all.c" or die;
	print $c "#include <stdio.h>\n#include <afar/journal.h>\nint main(void)\n{\n";
	for my $s (sort keys %$struct) {
		print $c "printf(\"$s - 0 %zu\\n\", sizeof(struct $s));\n";
		print $c "printf(\"$s $_ %zu %zu\\n\", offsetof(struct $s, $_), sizeof(((struct $s *)0)->$_));\n"
			for @{$struct->{$s}};
	}
	print $c "printf(\"= $_ 0 %llu\\n\", (unsigned long long)($_));\n" for @constant;
	print $c "return 0;\n}\n";
	close $c;
	my $said = `gcc -std=gnu11 -w -I$tree/include -o $dir/all $dir/all.c 2>&1`;
	return (undef, undef, $said) if $?;
	for (split /\n/, `$dir/all`) {
		my ($s, $member, $offset, $size) = split;

		if ($s eq '=') {
			$value{$member} = $size;
		} elsif ($member eq '-') {
			$layout{$s}{size} = $size;
		} else {
			push @{$layout{$s}{member}}, [$member, "offset $offset size $size"];
		}
	}
	return (\%layout, \%value, '');
}

my $struct = c_structs();
my @constant = c_constants();
my ($layout, $value, $error) = compiled($struct, @constant);

verdict('headers-compile', $error ? grep { /error/ } split /\n/, $error : ());
if ($layout) {
	my %table;

	for my $t (tables($formats)) {
		next unless join(' ', @{$t->{head}}) eq 'offset size member meaning';
		my ($name, $size) = $t->{title} =~ /^struct (\w+), (\d+) bytes$/ or next;

		$table{$name} = { size => $size,
				  member => [map { [$_->[2], "offset $_->[0] size $_->[1]"] } @{$t->{rows}}] };
	}
	for my $name (sort keys %$layout) {
		my @drift;

		if (!$table{$name}) {
			@drift = ("struct $name has no table in afar-format.rst or afar-protocol.rst");
		} else {
			push @drift, "struct $name has $layout->{$name}{size} bytes, the document says $table{$name}{size}"
				if $layout->{$name}{size} != $table{$name}{size};
			push @drift, compare("member of struct $name", $layout->{$name}{member},
					     $table{$name}{member}, 1);
		}
		verdict("struct-$name", @drift);
	}
	verdict('no-other-structs', map { "struct $_ is in the document, not in include/afar" }
				    grep { !$layout->{$_} } sort keys %table);
	verdict('constants', compare('constant',
		[map { [$_, $value->{$_}] } @constant],
		[map { [bare($_->[0]), $_->[1] =~ /^0x/ ? sprintf('%llu', hex64($_->[1])) : $_->[1]] }
		 rows($formats, qw(name value meaning))]));
}

sub hex64 {
	no warnings 'portable';
	return hex $_[0];
}

# Every struct asserts its size, and every member but the first its offset.
verdict('asserts', (map { "struct $_ has no AFAR_ASSERT_SIZE" }
		    grep { $headers !~ /AFAR_ASSERT_SIZE\(struct $_,/ } sort keys %$struct),
		   map {
			my ($s, undef, @member) = ($_, @{$struct->{$_}});

			map { "struct $s, $_ has no AFAR_ASSERT_OFFSET" }
			grep { $headers !~ /AFAR_ASSERT_OFFSET\(struct $s, $_,/ } @member;
		   } sort keys %$struct);

# ---- reasons, states, status --------------------------------------------------------------------

my @reason;
push @reason, [$2, "$1: $3"]
	while $headers =~ /^\s*X\((\d+),\s*\w+,\s*"([^"]+)",\s*"([^"]+)"\)/mg;
verdict('reasons', compare('reason', \@reason,
	[map { [bare($_->[1]), "$_->[0]: $_->[2]"] } rows($text{'afar-protocol.rst'}, qw(number name meaning))]));

sub returned {
	my ($file, $function) = @_;
	my ($body) = slurp("$src/$file") =~ /^[\w *]+\b$function\(.*?\)\n\{(.*?)^\}/ms;

	return $body ? $body =~ /"([^"]+)"/g : ();
}

my @link = ((map { [$_, ''] } returned('link.c', 'afar_link_state')),
	    (map { [$_->[0], ''] } @reason), ['unknown', '']);
verdict('link-states', compare('link state', \@link, [map { [bare($_->[0]), ''] } rows($admin, qw(link meaning))]));
verdict('states', compare('state', [map { [$_, ''] } returned('group.c', 'afar_group_state')],
	[map { [bare($_->[0]), ''] } rows($admin, 'state', 'meaning, and what to do')], 1));

# What afar_status() prints, token by token, named by the expressions that it prints.
sub status_tokens {
	my ($body) = slurp("$src/status.c") =~ /afar_facts_get\(g, &f\);\n(.*?)return sz;/s;
	my (@format, @value, @token);

	return () unless $body;
	while ($body =~ /DMEMIT\((.*?)\);/sg) {
		my ($depth, $part, $quoted, @part) = (0, '', 0);

		for my $c (split //, $1) {
			$quoted = !$quoted if $c eq '"';
			$depth++ if $c eq '(' && !$quoted;
			$depth-- if $c eq ')' && !$quoted;
			if ($c eq ',' && !$depth && !$quoted) {
				push @part, $part;
				$part = '';
			} else {
				$part .= $c;
			}
		}
		push @part, $part;
		my $format = shift @part;
		$format =~ s/^\s*"|"\s*$//g;
		push @format, grep { length } split / /, $format;
		push @value, grep { !/sizeof/ } @part;
	}
	for my $f (@format) {
		my @name = map { token_name($_) } splice @value, 0, scalar(() = $f =~ /%/g);

		push @token, [join('/', @name), ''];
	}
	push @token, ["value without a format: $_", ''] for @value;
	return @token;
}

sub token_name {
	my ($name) = @_;
	my %named = (
		'afar_group_role' => 'role', 'afar_group_state' => 'state', 'afar_link_state' => 'link',
		'term.counter' => 'term-counter', 'term.id' => 'term-id', 'live' => 'live',
		'afar_volumes_count + afar_volumes_missing' => 'volumes',
		'afar_volumes_count' => 'attached',
	);

	$name =~ s/\s+/ /g;
	$name =~ s/^ | $//g;
	$name =~ s/ == .*//;
	$name =~ s/\(g\)//g;
	$name =~ s/^READ_ONCE\((.*)\)$/$1/;
	$name = lc $1 if $name =~ /AFAR_KNOB_(\w+)/;
	$name =~ s/^&?(?:f\.|super->|g->link\.|g->stream\.)//;
	$name = $named{$name} if $named{$name};
	$name =~ tr/._/--/;
	return $name;
}

verdict('status-tokens', compare('status token', [status_tokens()],
	[map { [$_->[1], ''] } rows($admin, qw(no token meaning))], 1));
my @no = map { $_->[0] } rows($admin, qw(no token meaning));
verdict('status-numbers', grep { defined } map { $no[$_] eq $_ + 1 ? undef : "status token no " . ($_ + 1) . " is numbered $no[$_]" } 0 .. $#no);

# A volume has three: its group's role and state, and one of these words.
my ($prints) = slurp("$src/volume_target.c") =~ /STATUSTYPE_INFO:\s*DMEMIT\("%s %s %s",(.*?)break;/s;
my ($said) = $admin =~ /``dmsetup status`` of a volume prints three tokens:(.*?)\.\s/s;
verdict('volume-status', compare('word of a volume', [map { [$_, ''] } ($prints // '') =~ /"([^"]+)"/g],
	[map { [$_, ''] } ($said // '') =~ /``([^`]+)``/g]));

# What is shown as printed has all tokens; three come before them: start, length, target.
verdict('status-shown', map {
	my ($name, $body) = @$_;
	my @line = $body =~ /^\s+(0 8 afar-group (?:primary|secondary) .*)$/mg;

	(@line ? () : "$name shows no status line",
	 map { "$name: a status line has " . (split(' ', $_) - 3) . " tokens, the table " . @no . ": $_" }
	 grep { split(' ', $_) != @no + 3 } @line);
} ['README.md', slurp("$tree/README.md")], map { [$_, $text{$_}] } 'admin-guide/afar-runbooks.rst');

# ---- knobs, sysfs, messages, rules --------------------------------------------------------------

my (@knob, %knob);
for (slurp("$src/core/options.h") =~ /^\s*X\((\w+,\s*\w+,\s*\d+,\s*\d+,\s*\d+,\s*\w+)\)/mg) {
	my (undef, $name, $default, $min, $max, $fixed) = split /,\s*/;

	push @knob, [$name, "$default, $min..$max, " . ($fixed eq 'true' ? 'fixed' : 'changes')];
	$knob{$name} = $fixed eq 'true' ? 'ro' : 'rw';
}
verdict('knobs', compare('knob', \@knob,
	[map { [bare($_->[0]), "$_->[1], $_->[2]..$_->[3], " . ($_->[4] eq 'yes' ? 'changes' : 'fixed')] }
	 rows($admin, qw(option default least most changes))], 1));

my $sysfs = slurp("$src/sysfs.c");
my ($facts) = $sysfs =~ /#define FACTS\(X\)(.*?)\n\n/s;
my @file = map { [$_, 'ro'] } ($facts // '') =~ /X\((\w+),/g;
push @file, map { [$_, 'ro'] } grep { $_ ne 'word' } $sysfs =~ /\.name = "(\w+)", \.mode = 0444/g;
push @file, map { [$_->[0], $knob{$_->[0]}] } @knob;
my @what;
push @what, [$1, $2] while $text{'ABI/testing/sysfs-block-dm-afar'} =~ m{^What:\s+/sys/block/dm-N/afar/(\w+)\nAccess:\s+(\w+)\nDescription:}mg;
verdict('sysfs', compare('sysfs file', \@file, \@what));
# ranges of knobs in the ABI
verdict('sysfs-ranges', map {
	my ($name, $default, $min, $max) = ($_->[0], $_->[1] =~ /^(\d+), (\d+)\.\.(\d+)/);
	my ($entry) = $text{'ABI/testing/sysfs-block-dm-afar'} =~ m{afar/$name\n(.*?)(?:\n\n|\z)}s;

	map { "knob '$name': the ABI does not say $_" } grep { ($entry // '') !~ /\b$_\b/ } ($min, $max);
} @knob);

my $message = slurp("$src/message.c");
my @message = map { [$_, ''] } $message =~ /strcmp\(argv\[0\], "(\S+?)"\)/g;
push @message, map { ["promote $_", ''] } $message =~ /strcmp\(argv\[i\], "(\S+?)"\)/g;
push @message, map { ["add $_", ''] } $message =~ /strcmp\(argv\[2\], "(\S+?)"\)/g;
for ($message =~ /^(static int \w+\(struct afar_group \*g, unsigned int argc.*?^\})/msg) {
	my ($name) = /^static int (\w+)/;

	push @message, map { ["$name $_", ''] } /strcmp\(argv\[1\], "(\S+?)"\)/g;
}
my ($section) = $admin =~ /\nMessages\n=+\n(.*?)\n\w[^\n]*\n={3,}\n/s;
my @said;
for ($section ? $section =~ /^``([^`]+)``$/mg : ()) {
	my ($name, $rest) = split / /, $_, 2;

	push @said, [$name, ''];
	push @said, map { ["$name $_", ''] } ($rest // '') =~ /\[([a-z-]+)\]/g;
}
verdict('messages', compare('message', \@message, \@said));

my ($enum) = slurp("$src/core/rule.h") =~ /^enum afar_rule \{\n(.*?)^\};/ms;
my $bit = 0;
verdict('rules', compare('rule', [map { [$_, 1 << $bit++] } ($enum // '') =~ /AFAR_RULE_(\w+)/g],
	[map { [$_->[1], $_->[0]] } rows($text{'afar-testing.rst'}, qw(bit rule))], 1));

# ---- what the documents point at ----------------------------------------------------------------

my %case;
for my $file (glob "$src/core/tests/*.c") {
	$case{$_} = 1 for slurp($file) =~ /KUNIT_CASE\w*\((\w+)/g;
}
my ($proof) = $text{"afar-recovery.rst"} =~ /^steps +test\n(.*?)\n\n/ms;
# Of a text: those that are not there.
sub no_tests {
	my ($name, $text) = @_;

	return map { "test '$_' of $name is not there" }
	       grep { !$case{$_} && !-e "$tree/$_" && !grep { -e } glob "$tree/tests/vm/{,*/}$_" }
	       $text =~ /``([^`]+)``/g;
}
verdict('tests-exist', $proof ? no_tests('afar-recovery.rst', $proof) :
	'no table of tests in afar-recovery.rst');

# Each event of a role names the tests that show it.
my @event = rows($text{'afar-roles.rst'}, qw(node event));
verdict('roles', @event ? () : 'no table of events in afar-roles.rst', map {
	my ($node, $event, undef, $test) = @$_;
	my @test = $test =~ /``([\w-]+)``/g;

	(@test ? () : "afar-roles.rst: '$node: $event' names no test",
	 map { "test '$_' of afar-roles.rst is not there" }
	 grep { !-e "$tree/tests/vm/one/$_.sh" && !-e "$tree/tests/vm/two/$_.sh" } @test);
} @event);

# Each row and figure of the sources is there, with tests, or with the word that there are none.
my $required = $text{'afar-requirements.rst'};
my @row = (rows($required, 'row'), map { ["figure $_->[0]", @$_[1, 2]] } rows($required, 'fig'));
verdict('requirements', compare('row',
	[map { [$_, ''] } (map { "D$_" } 1 .. 22), (map { "S$_" } 1 .. 9), (map { "N$_" } 1 .. 8),
			  (map { "figure $_" } 1 .. 13)],
	[map { [$_->[0], ''] } @row], 1),
	(map { no_tests('afar-requirements.rst', $_->[2]) } @row),
	map { "row '$_->[0]': neither a test nor 'not yet'" }
	grep { $_->[2] !~ /^(``\S+``(, |$))+$/ && $_->[2] ne 'not yet' } @row);

my @gone;
for my $name ('README.md', map { "Documentation/$_" } sort keys %text) {
	my $text = $name eq 'README.md' ? slurp("$tree/$name") : $text{$name =~ s/^Documentation\///r};
	my %seen;

	for my $path (grep { !$seen{$_}++ } $text =~ m{`+((?:[\w.-]+/)*[\w-]+\.(?:c|h|sh|py)|(?:tests|tools|core|include|drivers|build|Documentation)/[\w./-]*)`+}g) {
		next if $path =~ m{^build/};
		push @gone, "$name: '$path' is not there"
			unless grep { -e } "$tree/$path", "$src/$path", glob "$tree/{include/afar,tests/*,tests/vm/*}/$path";
	}
	push @gone, map { "$name: '$_' is not there" } grep { !-e "$tree/$_" && !$seen{$_}++ }
		$text =~ m{(Documentation/[\w/-]+(?:\.rst|/sysfs-block-dm-afar))}g;
	push @gone, map { "$name: '$_' is not there" } grep { !-e "$doc/$_" && !-e "$doc/admin-guide/$_" && !$seen{$_}++ }
		$text =~ m{(?<![\w/-])((?:admin-guide/)?afar(?:-\w+)?\.rst)}g;
}
verdict('paths-exist', @gone);

# A heading that nothing comes behind.
verdict('sections', map {
	my $name = $_;
	my @line = split /\n/, $text{$name};
	my (@empty, $title, $said);

	for my $i (0 .. @line) {
		my $rule = $i < @line && $i && $line[$i - 1] =~ /^\w/ &&
			   length $line[$i] == length $line[$i - 1] &&
			   $line[$i] =~ /^([=~-])\1{2,}$/ ? $1 : '';

		if ($rule || $i == @line) {
			# a section of sections has one right behind it, or the table of a struct
			push @empty, "$name: nothing under '$title->[0]'"
				if $title && length $said < 20 &&
				   ($i == @line || $rule eq $title->[1]) && $line[$i - 1] !~ /^struct /;
			# the document's own title has a line above it, too
			$title = [$line[$i - 1], $rule]
				if $rule && ($i < 2 || $line[$i - 2] ne $line[$i]);
			$said = '';
		} elsif (!($i + 1 < @line && $line[$i + 1] =~ /^([=~-])\1{2,}$/)) {
			$said .= $line[$i] if $i < @line;
		}
	}
	@empty;
} grep { /\.rst$/ } sort keys %text);

# Words that the glossary has one of; a line of 100 columns; no trailing blanks.
my @style;
for my $name ('README.md', map { "Documentation/$_" } sort keys %text) {
	my $n = 0;

	for my $line (split /\n/, slurp("$tree/$name")) {
		$n++;
		push @style, "$name:$n: trailing blank" if $line =~ /[ \t]$/;
		push @style, "$name:$n: '$1' is not a word of this project"
			if $line =~ /\b(replica set|consistency point|write-?ahead|target volume|source volume|slave|master|failback|epoch number)\b/i;
	}
	push @style, "$name: missing" unless $n;
}
verdict('style', @style);

print "$passed passed, $failed failed\n";
exit($failed ? 1 : 0);
