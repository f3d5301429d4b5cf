# Prints `Type::name`, or `name` outside of an impl block, for every public function in Rust files,
# as far as `#[cfg(test)]`. Relies on rustfmt's layout.

FNR == 1 { type = ""; header = ""; skip = 0 }
/^#\[cfg\(test\)\]/ { skip = 1 }
skip { next }

/^[ \t]*impl[ <]/ { header = " " }
header != "" {
    header = header " " $0
    if ($0 !~ /\{[ \t]*$/) next
    type = subject(header)
    header = ""
    next
}
/^\}/ { type = "" }

/^[ \t]*pub (const )?(unsafe )?fn / {
    name = $0
    sub(/^[ \t]*pub (const )?(unsafe )?fn /, "", name)
    sub(/[^A-Za-z0-9_].*/, "", name)
    print (type == "" ? name : type "::" name)
}

# The type that an impl block is for: the first word behind `impl` and its generic parameters.
function subject(text,   depth, letter) {
    sub(/^[ \t]*impl/, "", text)
    while (text ~ /^[ \t]*</ || depth > 0) {
        sub(/^[ \t]*/, "", text)
        letter = substr(text, 1, 1)
        depth += (letter == "<") - (letter == ">")
        text = substr(text, 2)
        if (text == "") break
    }
    sub(/^[ \t]*/, "", text)
    sub(/[^A-Za-z0-9_].*/, "", text)
    return text
}
