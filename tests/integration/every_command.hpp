// Runs the typed commands of a family once each, and keeps the books of which were run.
//
// One test runs all families and then looks into the books, so leaving tests out cannot make it lie.

#pragma once

#include "tests/integration/harness.hpp"

#include <memory>
#include <set>

namespace redstart::integration {

class command_runner {
public:
    command_runner(connected& with, server_fixture& server, setup const& how)
        : with_{with}, server_{server}, how_{how}
    {
    }

    template <class Reply>
    Reply exec(command<Reply> sent)
    {
        run_->insert(sent.id());
        return with_.exec(std::move(sent));
    }
    // For what only answers with an error here, such as killing a script when none runs.
    template <class Reply>
    failure fails(command<Reply> sent)
    {
        run_->insert(sent.id());
        return with_.fails(std::move(sent));
    }

    // The same books, on another server.
    command_runner on(connected& with, server_fixture& server) const
    {
        command_runner other{with, server, how_};
        other.run_ = run_;
        return other;
    }

    bool has_run(command_id id) const { return run_->contains(id); }
    bool is_valkey() const { return how_.program == "valkey-server"; }
    setup const& how() const { return how_; }
    connected& with() const { return with_; }
    server_fixture& server() const { return server_; }

private:
    connected& with_;
    server_fixture& server_;
    setup const& how_;
    std::shared_ptr<std::set<command_id>> run_ = std::make_shared<std::set<command_id>>();
};

// One for each header of redstart/command, each on an empty database and in a file of its own.
void run_key_commands(command_runner& run);
void run_string_commands(command_runner& run);
void run_hash_commands(command_runner& run);
void run_list_commands(command_runner& run);
void run_set_commands(command_runner& run);
void run_sorted_set_commands(command_runner& run);
void run_stream_commands(command_runner& run);
void run_bitmap_commands(command_runner& run);
void run_hyperloglog_commands(command_runner& run);
void run_geo_commands(command_runner& run);
void run_script_commands(command_runner& run);
void run_function_commands(command_runner& run);
void run_server_commands(command_runner& run);
void run_connection_commands(command_runner& run);
void run_acl_commands(command_runner& run);
void run_diagnostic_commands(command_runner& run);
void run_command_list_commands(command_runner& run);
void run_pubsub_commands(command_runner& run);
void run_cluster_commands(command_runner& run);

}  // namespace redstart::integration
