// A request to stop, handed down a tree of work on one loop.
//
// A source tells those who wait below it, in the order in which they began to wait. It is a
// request: an operation that has finished wins over a cancellation that comes later. Everything
// here belongs to one loop's thread.

#pragma once

#include <cassert>

namespace redstart {

// Somebody who wants to be told. The function finds the node unlinked, must not resume anybody (it
// uses the ready list), and may destroy the node.
class cancel_node {
public:
    using function = void (*)(cancel_node&);

    explicit constexpr cancel_node(function cancel) noexcept : cancel_{cancel} {}
    cancel_node(cancel_node const&) = delete;
    cancel_node& operator=(cancel_node const&) = delete;
    ~cancel_node() { unlink(); }

    bool is_linked() const noexcept { return next_ != nullptr; }

    void unlink() noexcept
    {
        if (!next_)
            return;
        next_->previous_ = previous_;
        previous_->next_ = next_;
        next_ = previous_ = nullptr;
    }

private:
    friend class cancellation;
    cancel_node* next_ = nullptr;
    cancel_node* previous_ = nullptr;
    function cancel_;
};

// The source. A child is linked below its parent and hears of its request; it is destroyed before
// the parent, and both after everybody who waits below them has left.
class cancellation {
public:
    cancellation() noexcept : from_parent_{*this} { list_.next_ = list_.previous_ = &list_; }
    explicit cancellation(cancellation* parent) noexcept : cancellation{}
    {
        if (parent)
            connect(*parent);
    }
    cancellation(cancellation const&) = delete;
    cancellation& operator=(cancellation const&) = delete;
    ~cancellation()
    {
        assert(list_.next_ == &list_ && "a source of cancellation ends before those who listen");
        list_.next_ = list_.previous_ = nullptr;
    }

    bool is_requested() const noexcept { return requested_; }

    // Tells everybody once, without recursion however deep the tree is.
    void request() noexcept;

    // Only while nothing is requested: who comes later asks is_requested() instead, since nobody
    // would tell him.
    void add(cancel_node& node) noexcept
    {
        assert(!requested_ && "cancellation was requested: this node would never hear of it");
        assert(!node.is_linked() && "a node listens to one source");
        node.next_ = &list_;
        node.previous_ = list_.previous_;
        list_.previous_->next_ = &node;
        list_.previous_ = &node;
    }

private:
    // Without a function: its listeners move up into the list that is being told.
    struct child_link : cancel_node {
        explicit child_link(cancellation& source) noexcept : cancel_node{nullptr}, child{source} {}
        cancellation& child;
    };

    void connect(cancellation& parent) noexcept;
    void take_over(cancellation& child) noexcept;

    cancel_node list_{nullptr};
    child_link from_parent_;
    bool requested_ = false;
};

}  // namespace redstart
