# Finds blocks without a blank line after their leading declarations, which clang-format cannot
# check. Prints file and line of each, and exits with 1 if there are any; with -v fix=1, prints the
# file with the blank lines inserted.

function is_declaration(line)
{
    return line ~ /^ +((const|static|unsigned|signed|long|short) )*((struct|enum|union) )?(PG)?[a-z_][a-z_0-9]* (const )?\**(const )?[a-z_][a-z_0-9]*(\[[^]]*\])*( =.*|, .*|,|;)$/ &&
        line !~ /^ +(return|goto|case|else|break|continue) /
}

FNR == 1 { leading = inside = declared = 0 }

{
    line = $0
    sub(/ *\/\*.*$/, "", line)
    if (inside)
        inside = line !~ /;$/
    else if (leading && is_declaration(line)) {
        declared = 1
        inside = line !~ /;$/
    } else if (!(leading && declared && line == "" && $0 != "")) {
        if (declared && line !~ /^ *(}.*)?$/) {
            if (fix)
                print ""
            else
                print FILENAME ":" FNR ": no blank line after the declarations"
            found = 1
        }
        declared = 0
        leading = line ~ /\{$/ && line !~ /^(struct|union|enum|typedef)|= .*\{$|(struct|union|enum).* \{$/
    }
    if (fix)
        print
}

END { exit found && !fix }
