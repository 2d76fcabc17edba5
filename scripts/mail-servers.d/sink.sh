# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of mail-servers
# smtp-sink of Postfix: takes mail as fast as it comes, and drops it.

sink_ports=(smtpSink)
sink_logs() { echo "$dir/sink.log"; }
sink_start() { start_part sink "$dir/sink.log" smtp-sink -u postfix "127.0.0.1:${port[smtpSink]}" 1000; }
sink_show() { show_port "smtp-sink" smtpSink; }
